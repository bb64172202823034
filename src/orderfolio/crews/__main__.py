"""`python -m orderfolio.crews DESCRIPTOR` is a worker: what a crew starts, and nobody else."""

import socket
import sys

from orderfolio.crews.working import work

if __name__ == "__main__":
    work(socket.socket(fileno=int(sys.argv[1])))
