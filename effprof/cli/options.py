"""Options that several commands share: one spelling, one help, one place."""

from pathlib import Path
from typing import Annotated

import typer

from effprof.base.vocabulary import MOST_THREADS
from effprof.cli import complete

Db = Annotated[
    str | None,
    typer.Option(metavar="FILE|URL", help="Where they are kept. Default: a file of yours."),
]
DbRead = Annotated[
    str | None, typer.Option(metavar="FILE|URL", help="The history. Default: EFFPROF_DB, or yours.")
]
Dim = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=N", help="Size of a symbolic dimension; may repeat."),
]
History = Annotated[
    bool | None, typer.Option("--history/--no-history", help="Keep the reports. Default: kept.")
]
Html = Annotated[
    str | None, typer.Option(metavar="FILE|-", help="Write a page that opens offline.")
]
Input = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="NAME=VALUES",
        help="FILE.npy, random:LO:HI, zeros, ones or a number; may repeat.",
    ),
]
Inputs = Annotated[Path | None, typer.Option(metavar="FILE.npz|DIR", help="Items, as for measure.")]
Json = Annotated[
    str | None, typer.Option(metavar="FILE|-", help="Write the report; - is stdout, alone.")
]
Labels = Annotated[Path | None, typer.Option(metavar="FILE.npy", help="The class of each item.")]
Model = Annotated[
    Path, typer.Argument(metavar="MODEL", help="An ONNX or TFLite file.", show_default=False)
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="One line a target.")]
Reports = Annotated[list[Path], typer.Argument(metavar="REPORT ...", help="Saved reports.")]
Shape = Annotated[
    list[str] | None,
    typer.Option(metavar="INPUT=SHAPE", help="Shape of an input, as x=1x3x224x224."),
]
Target = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        "-t",
        metavar="TARGET",
        help="Environment, target id or YAML file; may repeat. Default: edge.",
        autocompletion=complete.targets,
    ),
]
TargetAsMeasure = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        "-t",
        metavar="TARGET",
        help="As for measure; may repeat. Default: edge.",
        autocompletion=complete.targets,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, max=MOST_THREADS, help="Threads. Default: the target's."),
]
Time = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", min=0.1, max=1000000.0, help="Ceiling of the timed part, per target."
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        metavar="SECONDS", min=1, max=1000000.0, help="How long a worker may stay in one phase."
    ),
]
