"""Clouds nobody here wrote, for the time of a comparison. They listen on the loopback alone."""
import contextlib
import os
import socket
import subprocess
import time


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


@contextlib.contextmanager
def started(command, port, folder, **environment):
    log = folder / f"{command[0].name}.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out, cwd=folder)
        try:
            wait(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def wait(process, port, log):
    for _ in range(300):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit(f"error: the peer did not start; {log} has what it said")


def ministack(binaries, folder):
    port = free_port()
    return started([binaries / "ministack"], port, folder, AUTH="true", BIND_HOST="127.0.0.1", GATEWAY_PORT=str(port))


def moto(binaries, folder):
    port = free_port()
    command = [binaries / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
    return started(command, port, folder, MOTO_IAM_LOAD_MANAGED_POLICIES="true")
