"""A mail server that behaves as badly as a test wants."""

import socketserver
import threading
from email import message_from_bytes
from email.message import Message
from enum import Enum


class How(Enum):
    TAKES = "takes each mail"
    REFUSES = "refuses the recipient"
    BUSY = "says to come back later"
    HANGS = "takes the connection and says nothing until it is told to behave otherwise"
    DRIPS = "says one letter at a time"
    SLOW = "waits a little before each line"
    DROPS = "takes the mail and hangs up before it says so"
    LINGERS = "takes the mail, says so, and never says goodbye"


class MailServer(socketserver.ThreadingTCPServer):
    """A server on a free port. `how` may be changed at any time; `taken` holds the accepted mails."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.how = How.TAKES
        self.taken: list[Message] = []
        self.callers = 0
        self.closing = threading.Event()
        self.url = f"smtp://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.taken]


class HungUpError(Exception):
    """The connection was closed."""


class Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.callers += 1
        try:
            self.say("220 here")
            while line := self.rfile.readline():
                self.answer(line.split()[0].upper().decode() if line.split() else "")
        except (HungUpError, OSError):
            pass

    def say(self, text: str) -> None:
        while self.server.how is How.HANGS:
            self.wait(0.05)
        if self.server.how is How.SLOW:
            self.wait(0.4)
        for piece in text + "\r\n" if self.server.how is How.DRIPS else [text + "\r\n"]:
            self.wfile.write(piece.encode())
            if self.server.how is How.DRIPS:
                self.wait(0.3)

    def wait(self, seconds: float) -> None:
        if self.server.closing.wait(seconds):
            raise HungUpError

    def answer(self, verb: str) -> None:
        how = self.server.how
        if verb == "RCPT" and how is How.REFUSES:
            self.say("550 nobody of that name")
        elif verb == "RCPT" and how is How.BUSY:
            self.say("451 later")
        elif verb == "DATA":
            self.say("354 go on")
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                if not line:  # a killed worker never sends anything again
                    raise HungUpError
                lines.append(line)
            self.server.taken.append(message_from_bytes(b"".join(lines)))
            if how is How.DROPS:
                raise HungUpError
            self.say("250 taken")
        elif verb == "QUIT" and how is How.LINGERS:
            self.wait(60)
        elif verb == "QUIT":
            self.say("221 bye")
            raise HungUpError
        else:
            self.say("250 fine")
