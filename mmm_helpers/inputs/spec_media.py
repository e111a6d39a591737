"""What may be stated about how a channel works, for the portfolio and again for one market."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mmm_helpers.inputs.spec_base import Section, refuse

Adstock = Literal["geometric", "delayed", "weibull"]
Saturation = Literal["hill", "logistic", "michaelis_menten", "log"]


class ChannelPrior(Section):
    """What is known of a channel before the data: a 90 % range of its share of outcome or of its return."""

    share: tuple[float, float] | None = None
    roas: tuple[float, float] | None = None
    source: str

    @model_validator(mode="after")
    def _one_range(self) -> ChannelPrior:
        if (self.share is None) == (self.roas is None):
            mend = "keep the one that is better known"
            raise refuse("a prior states not exactly one of share and roas", "one range", mend)
        low, high = self.share or self.roas
        if not 0 < low < high:
            mend = "a channel is taken to do no harm; put the smallest plausible value first"
            raise refuse(f"the prior's range is {low} to {high}", "0 < low < high", mend)
        return self


class MediaOptions(Section):
    """How a channel's effect lasts and saturates, and what is known of it beforehand; None is the default."""

    adstock: Adstock | None = None
    saturation: Saturation | None = None
    l_max: int | None = Field(None, ge=1)
    prior: ChannelPrior | None = None
