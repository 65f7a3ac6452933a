"""A bar for commands that take long. On a terminal only: a log file has no use for one."""

from typing import Any


class Progress:
    """Shows how much of `total` is done. A library's bar would be one more package on every server."""

    WIDTH = 30

    def __init__(self, total: int, out: Any) -> None:
        """out: the command's self.stderr, so that the bar does not get among its answers."""
        self.total, self.out, self.done, self.shown = total, out, 0, -1

    def add(self, count: int) -> None:
        self.done += count
        percent = 100 * self.done // max(self.total, 1)
        if self.out.isatty() and percent != self.shown:
            self.shown = percent
            filled = self.WIDTH * min(percent, 100) // 100
            bar = "#" * filled + "." * (self.WIDTH - filled)
            self.out.write(
                f"\r[{bar}] {percent:3} %  {self.done:,} of {self.total:,}", ending="\n" if percent >= 100 else ""
            )
            self.out.flush()
