"""Jobs that say in a file that they ran."""

import os
import time


def note(*words):
    fd = os.open(os.environ["PEERJOBS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, (" ".join(map(str, words)) + "\n").encode())
    os.close(fd)
    return list(words)


def add(a, b):
    note("add", a, b)
    return a + b


def nap(seconds):
    note("nap", seconds)
    time.sleep(seconds)
    note("woke", seconds)


def fail(text):
    note("fail", text)
    raise ValueError(text)
