"""The web server: one port, worker processes behind it, and in each worker lanes that do not wait for each other.

    ports.py     the port is claimed once, before anything else, and handed down to the workers
    worker.py    one worker process: granian in front, the gate behind it
    gate.py      what happens to a request before a thread is taken: body, deadline, lane, fair queue
    lanes.py     the pools of threads and the queues before them
    refusals.py  what is said when there is no room
"""
