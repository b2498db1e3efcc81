"""What a user demands: a budget file's limits, and a project's file that gates by them."""

from effprof.budget.file import Bound, Budget, BudgetFile, Limit, LimitPart, limits_of, read

__all__ = ["Bound", "Budget", "BudgetFile", "Limit", "LimitPart", "limits_of", "read"]
