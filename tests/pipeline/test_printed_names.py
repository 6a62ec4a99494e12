from docfuse_pipeline.labels import DOCUMENT_FIELDS, ITEM_FIELDS
from docfuse_pipeline.printed_names import column_name, key_name, printed_names


def test_printed_names_mean_one_thing_or_nothing():
    assert key_name("Rechnungs-Nr.:") == key_name("INVOICE NUMBER") == "invoice_number"
    assert column_name("Nettopreis") == "unit_price"
    assert key_name("Address") is None, "of the seller or of the buyer"
    assert key_name("Colour") is key_name("") is column_name("") is None


def test_every_language_names_the_fields_that_every_bill_has():
    for language in ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv"):
        names = printed_names(language)
        assert {"invoice_number", "issue_date", "payable_amount"} <= names["keys"].keys() & set(
            DOCUMENT_FIELDS
        )
        assert {"description", "quantity", "unit_price"} <= names["columns"].keys() & set(ITEM_FIELDS)


def test_what_qualifies_a_key_does_not_hide_it():
    assert key_name("Rechnungssumme Netto (excl. USt.)") == "tax_exclusive_amount"
    assert key_name("MwSt 19 %") == key_name("VAT @ 20%") == "tax_amount"
    assert key_name("(19 %)") is None
