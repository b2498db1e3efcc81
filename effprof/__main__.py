"""`python -m effprof`, for where the script is not on PATH."""

from effprof.cli import main

main()
