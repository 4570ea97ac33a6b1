"""Whether a plan's targets can be reached, what would break them, what it takes, and how we know.

The public names; each is loaded when it is first used.

>>> import planmodel as pm
>>> plan = pm.load_plan("jiangbei")
>>> out = pm.build_model(plan).run("baseline")
>>> pm.reach(out)
"""

from planmodel.base.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
