"""The program by task: how members climb, what is worth what, what needs a second person."""
