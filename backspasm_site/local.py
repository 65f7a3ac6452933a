"""What `make` does on this machine: builds the environment and starts the demonstration site.

It runs before anything is installed, so it imports the standard library only.
Usage: python3 -m backspasm_site.local environment | run | dev | manage ARGUMENT…
"""
# ruff: noqa: T201, S603, S606 - a command line: it speaks, and starts programs that it names itself

import fcntl
import hashlib
import importlib.util
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

BASE_DIR = Path(__file__).resolve().parent.parent
COMPILE = ("-m", "babel.messages.frontend", "-q", "compile", "-d", "triage/locale", "-D", "django")


class LocalError(SystemExit):
    """Something on this machine is in the way. Ends the command with one sentence."""


# --- The environment -------------------------------------------------------------------------
def ensure_environment(base_dir: Path) -> Path:
    """Returns the Python of `.venv`, which holds exactly what requirements-dev.txt names.

    A stamp in `.venv` tells that it was finished, from which requirements and for which Python.
    Without that very stamp it is made again from nothing: an interrupted set-up, a changed
    requirements file and a Python that went away are all mended the same way.
    """
    venv, requirements = base_dir / ".venv", base_dir / "requirements-dev.txt"
    python = venv / "bin" / "python"
    with one_at_a_time(base_dir / "var" / "environment.lock"):
        stamp = stamp_path(venv, requirements, python_version(python))
        if not stamp.exists():
            build_environment(venv, requirements)
            stamp_path(venv, requirements, python_version(python)).touch()
    return python


def stamp_path(venv: Path, requirements: Path, version: str) -> Path:
    made_from = hashlib.sha256(version.encode() + b"\n" + requirements.read_bytes())
    return venv / f"made-from-{made_from.hexdigest()[:16]}"


def python_version(python: Path) -> str:
    """Like "3.11"; empty if this Python does not start."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip()


def build_environment(venv: Path, requirements: Path) -> None:
    """Raises LocalError with what to install or mend."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise LocalError("Python cannot make environments here. On Debian or Ubuntu: apt-get install python3-venv")
    print("Building the environment in .venv (about a minute, only when requirements change) …", flush=True)
    # Not sys.executable where that is the very environment about to be replaced.
    run(getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--clear", venv)
    pip = (venv / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
    run(*pip, "install", "--require-hashes", "-r", requirements)


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> None:
    """Runs a command that says itself what is wrong when it fails; LocalError says where that was."""
    if subprocess.run(command, env=env, stdin=subprocess.DEVNULL, check=False).returncode:
        raise LocalError(f"This failed, see above: {' '.join(map(str, command))}")


def start_beside(*command: str | Path, env: Mapping[str, str]) -> None:
    """Starts a program that ends by itself when this process does, or what this process becomes."""
    subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL)


def become(*command: str | Path, env: Mapping[str, str]) -> NoReturn:
    """Replaces this process by the command, so that Ctrl-C reaches it first.

    Also where it was ignored so far, as a script's `make dev &` is: Django's reloader would stay deaf to it for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execve(command[0], [str(word) for word in command], env)


@contextmanager
def one_at_a_time(lock_file: Path) -> Iterator[None]:
    """Lets one `make` at a time build; a second one waits. The lock goes when the process does."""
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- The demonstration site ------------------------------------------------------------------
def read_port(text: str) -> int:
    """Raises LocalError if `text` is no port a site can have."""
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise LocalError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def ensure_port_is_free(port: int) -> None:
    """Raises LocalError if nothing can be served on this port of the loopback address."""
    with socket.socket() as probe:
        # As the server does: a connection that lingers from the last run is not in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise LocalError(f"Port {port} is for the administrator only. Choose another: PORT=8001") from error
        except OSError as error:
            raise LocalError(f"Port {port} is taken. Stop what uses it, or choose another: PORT=8001") from error


def ensure_secret(base_dir: Path) -> None:
    """Writes a secret for this machine into `.env`, readable by its owner only, unless there is one."""
    env_file, draft = base_dir / ".env", base_dir / "var" / "env.draft"
    if env_file.exists():
        return
    # Renamed into place, so that an interruption never leaves half a secret behind.
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"SECRET_KEY={secrets.token_urlsafe(50)}\n")
    draft.rename(env_file)


def demonstration_environment(base_dir: Path, port: int, *, debug: bool) -> dict[str, str]:
    """The variables of a site that only this machine can reach.

    It always has a database of its own, so that made-up requests never land among real ones,
    whatever DATABASE_URL says. And mail about them is printed, unless the command names a server:
    EMAIL_URL=smtp://127.0.0.1:2525 make run.
    """
    data_dir = base_dir / "var"
    return dict(os.environ) | {
        "DEBUG": str(debug).lower(),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "DATA_DIR": str(data_dir),
        "STATIC_DIR": str(data_dir / "static"),
        "DATABASE_URL": f"sqlite:///{quote(str(data_dir / 'demo.sqlite3'))}",
        "TRUSTED_PROXIES": "0",
        "EMAIL_URL": os.environ.get("EMAIL_URL", "consolemail://"),
        "DESK_EMAIL": os.environ.get("DESK_EMAIL", "desk@example.com"),
    }


def serve(base_dir: Path, *, debug: bool) -> NoReturn:
    """Makes everything ready, starts the worker that sends notices, and becomes the server."""
    port = read_port(os.environ.get("PORT") or "8000")
    ensure_port_is_free(port)
    python = ensure_environment(base_dir)
    ensure_secret(base_dir)
    env = demonstration_environment(base_dir, port, debug=debug)
    manage = (python, "manage.py")
    run(python, *COMPILE)  # first: manage.py refuses to work with half a language
    run(*manage, "migrate", "--verbosity=0", env=env)
    if not debug:
        run(*manage, "collectstatic", "--noinput", "--verbosity=0", env=env)
    run(*manage, "seed_demo", env=env)  # says where staff sign in, and as whom
    if env["EMAIL_URL"].startswith("console"):
        print("Mail to staff and patients is printed here.")
    print(f"The site:   {env['SITE_URL']}/\nCtrl-C stops it.", flush=True)
    start_beside(*manage, "send_notices", "--beside", str(os.getpid()), env=env)
    if debug:
        become(*manage, "runserver", f"127.0.0.1:{port}", env=env)
    config = ("--config", "backspasm_site/gunicorn_conf.py", "--bind", f"127.0.0.1:{port}")
    become(python, "-m", "gunicorn", *config, "--log-level", "warning", "--access-logfile", os.devnull, env=env)


def run_manage(base_dir: Path, arguments: list[str]) -> NoReturn:
    """Becomes manage.py with the settings of the demonstration site."""
    python = ensure_environment(base_dir)
    ensure_secret(base_dir)
    run(python, *COMPILE)
    env = demonstration_environment(base_dir, read_port(os.environ.get("PORT") or "8000"), debug=True)
    become(python, "manage.py", *arguments, env=env)


def main(arguments: list[str]) -> None:
    os.chdir(BASE_DIR)
    match arguments:
        case ["environment"]:
            ensure_environment(BASE_DIR)
        case ["run"]:
            serve(BASE_DIR, debug=False)
        case ["dev"]:
            serve(BASE_DIR, debug=True)
        case ["manage", *rest]:
            run_manage(BASE_DIR, rest)
        case _:
            raise LocalError("Choose one of: environment, run, dev, manage. `make help` says more.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
