"""Charts of results, in Chinese or English: one home for all of them.

Each is loaded when it is first used.
"""

from planmodel.base.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
