"""Runs a command whose standard output (and with `both` its standard error) is a terminal that was stopped, as ^S does; ends as it does."""
import os
import pty
import subprocess
import sys
import termios

which, *command = sys.argv[1:]
master, slave = pty.openpty()
termios.tcflow(slave, termios.TCOOFF)
child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave if which == "both" else None)
sys.exit(child.wait())
