"""The web server: one port, worker processes behind it, and in each worker lanes that do not wait for each other.

- ports: the port is claimed once, before anything else, and handed down to the workers
- worker: one worker process, granian in front and the gate behind it
- gate: what happens to a request before a thread is taken (body, deadline, lane, fair queue)
- lanes: the pools of threads and the queues before them
- refusals: what is said when there is no room
"""
