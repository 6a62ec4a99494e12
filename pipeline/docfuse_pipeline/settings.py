"""Sizes, limits and thresholds of the pipeline, in one place. Lengths are pixels unless said otherwise."""

from typing import Final

# Page
MAX_BYTES: Final = 64 * 2**20
"""Largest encoded image, bytes."""
MAX_PIXELS: Final = 120_000_000
"""Largest image, pixels, known before it is decoded."""
PAGE_LONG_SIDE: Final = 3200
"""The rectified page, from which crops are cut, is reduced to this long side."""
CANVASES: Final = {"portrait": (1152, 896), "landscape": (896, 1152), "tall": (1536, 640)}
"""Fixed canvases, (height, width), multiples of 32; one TensorRT profile each."""
ORIENTATION_SIDE: Final = 224
"""Side of the square thumbnail that the orientation model sees."""

# Text
CROP_HEIGHT: Final = 32
CROP_WIDTHS: Final = (64, 112, 192, 288, 512, 1280)
"""One recogniser model per crop width. A line of SROIE's training receipts took 149 columns of these in the
mean, and at least 178 with four widths, 141 with seven, when it was squeezed to 0.75 (`crops.SQUEEZE`)."""
CROP_CAPS: Final = {64: 1024, 112: 1024, 192: 1024, 288: 512, 512: 512, 1280: 128}
"""Most crops of one page per width; the `max_batch_size` of each recogniser."""
CROP_PAD: Final = 128
"""Gray that fills a crop's right end: 0 after the recogniser's normalisation, as it was trained. On 300 SROIE
gold crops 0.947 of lines come out exact, against 0.923 with black and 0.927 with white."""
STEP_WIDTH: Final = 4
"""Columns of a crop per output step of the recogniser."""
STEP_CHOICES: Final = 3
"""Characters that each step holds possible, of which a character model chooses."""
ROW_TOKENS: Final = 32
"""Tokens per row of the text encoder; a longer line takes several rows."""
ROW_CAP: Final = 2048
"""Most token rows of one page; the `max_batch_size` of the text encoder."""

# Nodes
NODE_BUCKETS: Final = (64, 128, 256, 384, 512, 1024)
"""Padded numbers of segments (graph nodes) per page."""
MAX_NODES: Final = NODE_BUCKETS[-1]
CUT_THRESHOLD: Final = 0.5
"""Least probability at which a line is cut before a token."""

# Model widths
FEATURE_STRIDE: Final = 8
FEATURE_CHANNELS: Final = 64
TOKEN_WIDTH: Final = 256
SURFACE_WIDTH: Final = 16
SEMANTIC_WIDTH: Final = TOKEN_WIDTH + SURFACE_WIDTH
"""A segment's semantic feature: mean of its token features, then surface features of its text."""
SUBMAP: Final = (3, 8)
"""Rows and columns of the feature submap per box."""
NODE_WIDTH: Final = 256
PARTNERS: Final = 3
"""Best sources returned per box and relation."""

# Structure
LINK_THRESHOLDS: Final = {
    "key_value": 0.6,
    "cell_item": 0.45,
    "header_cell": 0.5,
    "same_text": 0.5,
    "parent_child": 0.5,
}
"""Least probability of a link, per relation: chosen on the development pages (docs/experiments.md)."""
FIELD_THRESHOLD: Final = 0.4
"""Least probability at which the field head names a value or a column."""
ADDRESS_HINT: Final = 0.15
"""Probability of an address at which a text directly above one that is nothing else belongs to it."""
NAME_HINT: Final = 0.2
"""Probability of a name at which a text above an address is the name of its party, if no other text is."""
NAME_REACH: Final = 3.0
"""Most heights of its line that such a name stands above the address."""
FIELD_SURE: Final = 0.6
"""Probability from which on the field head's name for a value stands against what its printed key says."""
PRINTED_NAME_TRUST: Final = 0.4
"""Confidence in a name that a printed key or header tells, where the field head does not say so."""
INLINE_TRUST: Final = 0.8
"""Confidence in a value that stands in one text with its printed key and has the form of such a value."""
ROW_TRUST: Final = 0.6
"""Confidence in a link from the printed name of a total to the amount behind it on its row that the relation
model does not give."""
TABLE_GAP: Final = 8.0
"""Empty height between two line items, in median cell heights, from which on they are two tables."""
AMOUNT_TOLERANCE: Final = 0.02
"""Difference up to which two amounts count as equal: what rounding of lines adds up to."""
CASH_ROUNDING: Final = 0.05
"""What a sum paid in cash may differ from the total: the smallest coin of many currencies."""
HIGHEST_TAX: Final = 0.3
"""Largest share of a net amount that a tax on it may be: above every country's rate of VAT."""
ARITHMETIC_TRUST: Final = 0.95
"""Confidence in a name that an amount has because amounts add up."""
