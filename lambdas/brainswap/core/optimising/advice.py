"""What a vendor advises about prompts for its models, for a model that rewrites one."""

from brainswap.core.models.profiles import Profile
from brainswap.core.models.registry import profile_of
from brainswap.core.prompts.dialects.packs import pack_for, rules_for


def advice_for(model: str, profile: Profile | None) -> tuple[str, ...]:
    """A sentence or two each, with the source: the rules of the model's dialect, and what its pack remarks."""
    known = profile_of(model) or profile
    pack = pack_for(model, known)
    if pack is None:
        return ()
    own = {rule.id for rule in pack.rules}
    rules = [rule for rule in rules_for(model, known) if rule.id in own]
    return (*(f"{rule.what} {rule.why} ({rule.source})" for rule in rules), *([pack.remark] if pack.remark else []))
