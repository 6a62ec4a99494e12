"""Commands of this package; each is defined where its work is done."""

from docfuse_training.evaluation.command import evaluate as evaluate
from docfuse_training.synthetic.command import synthesize as synthesize
from docfuse_training.train_command import train as train
