#!/usr/bin/env python3
"""An agent in Python, with the standard library alone: python3 agent.py [REPOSITORY]

It forks the repository without a directory, writes a file, records that, goes wrong, and rewinds. The work tree is not touched.
"""
import base64, json, os, socket, subprocess, sys


class Server:
    """A connection to the user's server, which `pyi about` starts when there is none."""

    def __init__(self):
        about = json.loads(subprocess.check_output(["pyi", "about", "--json"]))
        with open(os.path.join(os.path.dirname(about["socket"]), "server.json")) as file:
            token = json.load(file)["token"]
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(about["socket"])
        self.stream, self.last = connection.makefile("rwb"), 0
        self.call("hello", client="agent.py", version="1", protocol=about["protocol"], token=token)

    def call(self, operation, **params):
        self.last += 1
        body = json.dumps({"jsonrpc": "2.0", "id": self.last, "method": "pyi/" + operation, "params": params}).encode()
        self.stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.stream.flush()
        while (answer := self.receive()).get("id") != self.last:
            pass  # a notification
        if "error" in answer:
            raise RuntimeError("{message} {hint}".format(**answer["error"]["data"]))
        return answer["result"]

    def receive(self):
        length = 0
        while (line := self.stream.readline().strip()) or not length:
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.stream.read(length))


repository, server = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "."), Server()
fork = server.call("fork", repository=repository, agent="python", task="greet", dir=False)["name"]
server.call("write", repository=repository, fork=fork, path="greeting.txt", content={"text": "Hello\n"})
good = server.call("checkpoint", repository=repository, fork=fork, message="Greet")
server.call("write", repository=repository, fork=fork, path="greeting.txt", content={"text": "Oops\n"})
server.call("rewind", repository=repository, fork=fork, checkpoint=good["checkpoint"])
read = server.call("read", repository=repository, fork=fork, path="greeting.txt")
print(fork, "has", repr(base64.b64decode(read["base64"]).decode()), "again; look at it with: pyi changes", fork)
