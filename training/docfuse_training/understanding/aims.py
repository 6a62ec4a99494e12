"""What a run aims at besides the losses of what is labelled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Aims:
    """Which mistakes a run learns from, and what it weighs.

    Attributes:
        mistakes: share of the read pages that are also seen with some of their texts cut in two, which pays
            where the data set says which texts are one.
        missed_cuts: what a missed cut costs beside 1 for a needless one, which can be mended where texts are
            joined.
        hold: weight of staying near what the weights say from which the run starts.
        agreement: weight of what two passes with their own dropout disagree on (`losses.disagreement`), which
            keeps few pages from being learned by heart; a step takes twice as long.
        none: weight of a box without source, beside 1 for one that has a source: most have none. The less it
            is, the likelier links become; half of it moves a link of 0.5 to 0.67.
        smoothing: share of each type's probability that is spread over all types (label smoothing, Szegedy et
            al. 2016), where people do not agree on the types themselves.
    """

    mistakes: float = 0.0
    missed_cuts: float = 1.0
    hold: float = 0.0
    agreement: float = 0.0
    none: float = 0.4
    smoothing: float = 0.0


PLAIN = Aims()
