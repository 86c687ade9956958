"""A chain in forms that hold one call: a file for each step."""

from collections.abc import Callable

from brainswap.core.exports.shipped import Exported, Shipped

_NO_ORDER = "in which order the steps are asked, and that their answers go into {{steps.NAME}} of those after them"
_NO_FIELDS = "which parts of the answers go there, as `fields` of the workload say"


def step_by_step(shipped: Shipped, form: Callable[[Shipped], Exported], *, ending: str) -> Exported:
    """Every step in a form that holds one call; the last one is the text, those before it stand beside it.

    Args:
        shipped: a contender's prompt, which may be one call.
        form: of one call.
        ending: of the names of files, such as ``.json``.

    Raises:
        NotExportableError: a step cannot be what it is in that form.
    """
    if not shipped.prompt.earlier:
        return form(shipped)
    names = [step.name for step in shipped.prompt.steps]
    made = [form(step) for step in shipped.steps]
    parted = any("." in name.removeprefix("steps.") for step in shipped.prompt.steps for name in step.used_answers)
    return Exported(
        text=made[-1].text,
        left_out=(
            _NO_ORDER,
            *([_NO_FIELDS] if parted else []),
            *(f"step {name}: {what}" for name, one in zip(names, made, strict=True) for what in one.left_out),
        ),
        renamed={name: other for one in made for name, other in one.renamed.items()},
        beside={f"-{name}{ending}": one.text for name, one in zip(names[:-1], made[:-1], strict=True)}
        | {
            f"-{name}{beside}": text
            for name, one in zip(names, made, strict=True)
            for beside, text in one.beside.items()
        },
    )
