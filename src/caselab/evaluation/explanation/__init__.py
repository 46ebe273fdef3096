"""Which columns move a pipeline's answers: over all rows by permutation, row by row by SHAP.

Both speak of the columns of the view, not of what the pipeline makes of them: a category that
becomes five numbers is one column.
"""

from caselab.evaluation.explanation.contributions import Contributions, contributions
from caselab.evaluation.explanation.permutation import Importance, importance

__all__ = ["Contributions", "Importance", "contributions", "importance"]
