"""The OpenAPI document of the till's API: shapes of answers, the table of operations, and how they are joined."""
