"""`python -m monitor` is `staysub`."""

from monitor.cli import main

main()
