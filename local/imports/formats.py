"""The formats that can be imported, by name."""

from collections.abc import Callable, Mapping
from pathlib import Path

from local.imports import (
    bedrock_evaluation,
    bedrock_logs,
    deepeval,
    dspy,
    langfuse,
    llama_prompt_ops,
    openai_evals,
    openai_fine_tuning,
    promptfoo,
    ragas,
)
from local.imports.account import Imported

FORMATS: Mapping[str, Callable[[Path], Imported]] = {
    "bedrock-evaluation": bedrock_evaluation.read,
    "bedrock-logs": bedrock_logs.read,
    "deepeval": deepeval.read,
    "dspy": dspy.read,
    "langfuse": langfuse.read,
    "llama-prompt-ops": llama_prompt_ops.read,
    "openai-evals": openai_evals.read,
    "openai-fine-tuning": openai_fine_tuning.read,
    "promptfoo": promptfoo.read,
    "ragas": ragas.read,
}
