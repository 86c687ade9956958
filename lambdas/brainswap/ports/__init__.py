"""What the system needs from the world; adapters implement it, fakes stand in for it."""

from brainswap.ports.account import AccountTerms, Catalogue, Listings, Quotas
from brainswap.ports.asking import AnswerCache, Endpoint, Models, Pace, Paces, Question, no_files
from brainswap.ports.dependencies import Clock, Dependencies, T
from brainswap.ports.files import Artifacts, Links
from brainswap.ports.jobs import BatchJob, BatchJobs, BatchOutcome, Executions, PromptJobs, Tasks, TaskTokens
from brainswap.ports.ledger import Approvals, KeptApproval, Ledger, Record, Records
from brainswap.ports.money import Balance, PriceSource, Purse
from brainswap.ports.telling import Events, Messages, Metric, Metrics, MetricUnit

__all__ = [
    "AccountTerms",
    "AnswerCache",
    "Approvals",
    "Artifacts",
    "Balance",
    "BatchJob",
    "BatchJobs",
    "BatchOutcome",
    "Catalogue",
    "Clock",
    "Dependencies",
    "Endpoint",
    "Events",
    "Executions",
    "KeptApproval",
    "Ledger",
    "Links",
    "Listings",
    "Messages",
    "Metric",
    "MetricUnit",
    "Metrics",
    "Models",
    "Pace",
    "Paces",
    "PriceSource",
    "PromptJobs",
    "Purse",
    "Question",
    "Quotas",
    "Record",
    "Records",
    "T",
    "TaskTokens",
    "Tasks",
    "no_files",
]
