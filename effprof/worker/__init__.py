"""The measuring process: loads one model, does one job, reports on a pipe and exits.

It may run under another interpreter than ours (a runtime in an environment of its own), so this
room imports the standard library, numpy, `effprof.base`, `effprof.ports` and the plugins it is
told to, and nothing else.
"""
