from docfuse_pipeline.labels import DOCUMENT_FIELDS, ITEM_FIELDS
from docfuse_pipeline.printed_names import column_name, key_name, printed_names

LANGUAGES = "cs da de en es et fi fr hr hu it lt lv nb nl pl pt ro sk sl sv".split()


def test_printed_names_mean_one_thing_or_nothing():
    assert key_name("Rechnungs-Nr.:") == key_name("INVOICE NUMBER") == "invoice_number"
    assert column_name("Nettopreis") == "unit_price"
    assert key_name("Address") is None, "of the seller or of the buyer"
    assert key_name("Colour") is key_name("") is column_name("") is None


def test_every_language_names_the_fields_that_every_bill_has():
    for language in LANGUAGES:
        names = printed_names(language)
        assert {"invoice_number", "issue_date", "payable_amount"} <= names["keys"].keys() & set(
            DOCUMENT_FIELDS
        )
        assert {"description", "quantity", "unit_price"} <= names["columns"].keys() & set(ITEM_FIELDS)


def test_names_of_languages_that_no_page_is_drawn_in_are_known():
    assert key_name("Celkem Kč") == key_name("Összesen") == key_name("Ukupno:") == "payable_amount"
    assert key_name("DPH 21 %") == key_name("PDV (25%)") == key_name("ALV 24%") == "tax_amount"
    assert column_name("Množství") == column_name("Antall") == "quantity"


def test_a_letter_or_accents_of_a_long_key_may_be_misread():
    assert key_name("Način plačanja:") == key_name("Sredstvo placanja") == "payment_method"
    assert key_name("Rechnungsnummcr") == "invoice_number"
    assert key_name("Gesamtbeitrag") is None, "a letter more is another word"


def test_a_total_may_say_which_tax_is_in_it():
    for key in ("Total Sales Inclusive 6% GST (3)", "Total with GST @ 6%", "Summe (inkl. 19 % MwSt.) EUR"):
        assert key_name(key) == "payable_amount"
    for key in ("Total (Excluding GST):", "Total 6% supplies (excl. GST)", "Summe ohne MwSt."):
        assert key_name(key) == "tax_exclusive_amount"
    for key in ("6% GST included", "Subtotal incl. GST", "Total 6% supplies (Inc. GST)", "Total incl. tips"):
        assert key_name(key) is None
    assert key_name("Gross Total incl. VAT") == "gross_amount"
    assert key_name("Plate No:") is None, "too short to be sure"


def test_what_qualifies_a_key_does_not_hide_it():
    assert key_name("Rechnungssumme Netto (excl. USt.)") == "tax_exclusive_amount"
    assert key_name("MwSt 19 %") == key_name("VAT @ 20%") == "tax_amount"
    assert key_name("(19 %)") is None
    assert (
        key_name("Amount due by 10 September 2026")
        == key_name("Zu zahlen bis zum 03.05.2026")
        == "payable_amount"
    )
    assert key_name("3% Skonto bis 15.03.2013, netto bis 04.04.2013") is None
    assert key_name("% IVA") == key_name("Moms %") == "tax_rate"
    assert key_name("I.V.A.") == key_name("IVA 21%") == "tax_amount"


def test_a_key_may_be_printed_in_two_languages():
    assert key_name("Datum / Date") == key_name("Date/Datum:") == "issue_date"
    assert column_name("Description / Omschrijving") == "description"
    assert key_name("Datum / Invoice No.") is None, "two keys"
    assert key_name("Kunden-/Rechnungsnummer") is None, "a part that is no key"


def test_what_stands_behind_a_key_does_not_hide_it():
    for key in ("Rechnungsbetrag EUR", "Att betala SEK", "Total (CHF)", "Total inkl. MWST CHF"):
        assert key_name(key) == "payable_amount"
    for key in ("USt 19 % auf 504,82", "TAX 6.00% ON 27.77", "TVA 20% sur 60,21 €", "VAT (20% on $526.44)"):
        assert key_name(key) == "tax_amount"
    for key in ("Payment received 2025/07/02", "Anzahlung 02.06.2025", "Visa **** 3026"):
        assert key_name(key) == "paid_amount"
    assert key_name("HST") == "tax_amount" and key_name("HST#") is None, "the number of who collects it"
