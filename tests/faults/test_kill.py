"""A confirmed request is stored exactly once, whenever a process is killed."""

import http.client
import os
import random
import signal
import threading
import time
from collections import Counter

SENDERS, EACH = 4, 8


def test_kill_9(served, request):
    """Kill workers, then all processes at once, then PostgreSQL."""
    confirmed, stuck = [], []

    def patient(sender):
        """Send the same form again until there is an answer."""
        visitor = served.visitor(f"198.51.100.{100 + sender}")
        for number in range(EACH):
            name, form, until = f"Kill {sender} {number}", None, time.monotonic() + 30
            typed = {"phone": f"(212) 555-{2000 + sender * EACH + number}"}
            while time.monotonic() < until:
                try:
                    form = form or visitor.open_form()
                    if visitor.book(name, **typed, **form).status == 302:
                        confirmed.append(name)
                        break
                except (OSError, http.client.HTTPException, AssertionError):
                    pass
                time.sleep(0.1)
            else:
                stuck.append(name)

    senders = [threading.Thread(target=patient, args=(sender,)) for sender in range(SENDERS)]
    for sender in senders:
        sender.start()
    for step in range(4):
        while len(confirmed) < (step + 0.5) * SENDERS * EACH / 5 and any(each.is_alive() for each in senders):
            time.sleep(0.01)
        if step == 1:
            served.kill_all()
            served.start()
        elif step == 3 and "DATABASE_URL" in served.env:
            postgres = request.getfixturevalue("postgres")
            postgres.stop()
            postgres.start()
        else:
            os.kill(random.choice(served.workers()), signal.SIGKILL)
    for sender in senders:
        sender.join()

    stored = Counter(name for name in served.names() if name.startswith("Kill"))
    assert not stuck
    assert len(confirmed) == SENDERS * EACH
    assert stored == Counter(confirmed)
