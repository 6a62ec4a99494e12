"""Printed dates, times, amounts, currencies and numbers."""

import datetime as dt

import dateparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docfuse_pipeline.amounts import amount_of
from docfuse_pipeline.dates import find_dates
from docfuse_pipeline.hints import Hints, currency_of, page_hints
from docfuse_pipeline.normalize import normalize


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("25/12/2018", "2018-12-25"),
        ("25/12/2018 14:32", "2018-12-25"),
        ("15-08-2018(WED)", "2018-08-15"),
        ("31.12.18", "2018-12-31"),
        ("2018/12/25", "2018-12-25"),
        ("2019-03-04", "2019-03-04"),
        ("20190304", "2019-03-04"),
        ("27 032018", "2018-03-27"),
        ("30.032018", "2018-03-30"),
        ("30.13.2018", None),
        ("12 . 03 . 2019", "2019-03-12"),
        ("30 DEC 2019", "2019-12-30"),
        ("30DEC2019", "2019-12-30"),
        ("03-JAN-18", "2018-01-03"),
        ("5 Jan '18", "2018-01-05"),
        ("Dec 5, 2019", "2019-12-05"),
        ("December 5th, 2019", "2019-12-05"),
        ("Date: 1st of May 2020", "2020-05-01"),
        ("3. März 2019", "2019-03-03"),
        ("15. Jänner 2021", "2021-01-15"),
        ("1er août 2020", "2020-08-01"),
        ("14 février 2022", "2022-02-14"),
        ("3 de enero de 2021", "2021-01-03"),
        ("5 maggio 2019", "2019-05-05"),
        ("12 luglio 2019", "2019-07-12"),
        ("30 grudnia 2019", "2019-12-30"),
        ("3 października 2020", "2020-10-03"),
        ("den 4 juni 2018", "2018-06-04"),
        ("17 oktober 2021", "2021-10-17"),
        ("9 de março de 2019", "2019-03-09"),
        ("Oct06'19 03:49PM", "2019-10-06"),
        ("Oct06' 19", "2019-10-06"),
        ("21Crv'23", "2023-06-21"),
        ("２５/１２/２０１８", "2018-12-25"),
        ("01/01/70", "1970-01-01"),
        ("31/02/2019", None),
        ("99/99/2019", None),
        ("RM 12.50", None),
        ("", None),
    ],
)
def test_dates(text, iso):
    assert normalize("issue_date", text) == iso


MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia "
    "września października listopada grudnia",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "fi": "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta "
    "lokakuuta marraskuuta joulukuuta",
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
}


@pytest.mark.parametrize("language", MONTHS)
def test_month_names_agree_with_dateparser(language):
    for number, name in enumerate(MONTHS[language].split(), 1):
        text = f"17 {name} 2019"
        parsed = dateparser.parse(text, languages=[language])
        assert parsed and parsed.month == number
        assert find_dates(text) == [parsed.date().isoformat()]


def test_a_range_gives_its_ends():
    flight = "12/30/19 - 03/29/20"
    assert normalize("period_start", flight) == "2019-12-30"
    assert normalize("period_end", flight) == "2020-03-29"


@pytest.mark.parametrize(
    ("page", "iso"),
    [
        (["03/04/2019", "25/12/2018"], "2019-04-03"),  # another date has the day first
        (["03/04/2019", "12/25/2018"], "2019-03-04"),  # another date has the month first
        (["03/04/2019", "$12.50"], "2019-03-04"),  # dollars
        (["03/04/2019", "Springfield, IL 62704"], "2019-03-04"),  # an address in the United States
        (["03/04/2019", "RM 12.50"], "2019-04-03"),  # ringgit
        (["03/04/2019"], "2019-04-03"),
    ],
)
def test_the_page_decides_the_order_of_day_and_month(page, iso):
    assert normalize("issue_date", page[0], page_hints(page)) == iso


@given(
    st.dates(dt.date(1970, 1, 1), dt.date(2069, 12, 31)), st.sampled_from("/-."), st.booleans(), st.booleans()
)
def test_numeric_dates_come_back(date, separator, day_first, short):
    order = ("%d", "%m") if day_first else ("%m", "%d")
    printed = date.strftime(separator.join((*order, "%y" if short else "%Y")))
    assert find_dates(printed, day_first) == [date.isoformat()]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("25/12/2018 14:32", "14:32"), ("3:45PM", "15:45"), ("12:05 AM", "00:05"), ("12:05 pm", "12:05"),
        ("14.30 Uhr", "14:30"), ("14h30", "14:30"), ("09:12:33 PM", "21:12:33"), ("31.12.2018 8.05", "08:05"),
        ("9 am", "09:00"), ("25/12/2018", None), ("12.50", "12:50"), ("25:10", None),
        ("15.12.23 /18:30", "18:30"), ("15.12.23", None), ("8:27:58P", "20:27:58"), ("7:05A", "07:05"),
        ("13:30 a 17:00", "13:30"), ("9:15 Platz 4", "09:15"),
    ],
)  # fmt: skip
def test_times(text, iso):
    assert normalize("issue_time", text) == iso


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234,56", 1234.56), ("1,234.56", 1234.56), ("1 234,56 €", 1234.56), ("1'234.50 CHF", 1234.5),
        ("RM 12.50", 12.5), ("RM12", 12), ("12,50 EUR", 12.5), ("$5,625.00", 5625), ("USD 100", 100),
        ("12.50-", -12.5), ("12.50 -", -12.5), ("-12.50", -12.5), ("−12,50", -12.5), ("(5.00)", -5),
        ("-RM5.00", -5), ("RM-5.00", -5), ("- € 5,00", -5), ("5.00 CR", -5),
        ("Total - 12.50", 12.5), ("INV-5", 5), ("12 .50", 12.5), ("12. 50", 12.5), (".50", 0.5),
        ("0.005", 0.005), ("7 99", 7.99), ("10 99 €", 10.99), ("RM 0 50", 0.5), ("0030 42", 42),
        ("1.234", 1234), ("£1,000", 1000), ("1.234.567", 1234567), ("1,234,567.89", 1234567.89),
        ("12,- €", 12),
        ("19% 12.50", 12.5), ("3 items RM 7.20", 7.2), ("Total: 12.50 MYR", 12.5), ("none", None), ("", None),
    ],
)  # fmt: skip
def test_amounts(text, amount):
    found = normalize("payable_amount", text)
    assert found == (None if amount is None else pytest.approx(amount))


def test_the_page_decides_what_three_digits_after_a_sign_are():
    assert normalize("quantity", "1,000", page_hints(["1,000", "12,50", "3,20"])) == 1
    assert normalize("quantity", "1,000", page_hints(["1,000", "12.50", "3.20"])) == 1000


@pytest.mark.parametrize(
    ("field", "decimal", "text", "amount"),
    [
        ("tax_amount", ",", "2,396", 2.39), ("tax_amount", ",", "-2,396", -2.39),
        ("tax_amount", ",", "0,29", 0.29),
        ("tax_amount", None, "0.005", 0.005), ("payable_amount", ",", "1.006", 1006),
        ("unit_price", ",", "1,459", 1.459),
    ],
)  # fmt: skip
def test_a_third_decimal_of_an_amount_was_misread(field, decimal, text, amount):
    assert normalize(field, text, Hints(decimal=decimal)) == pytest.approx(amount)


@given(st.decimals(0, 10_000_000, places=2), st.sampled_from([",.", ".,", " ,", " .", "'."]))
def test_printed_amounts_come_back(amount, signs):
    group, decimal = signs
    printed = f"{amount:,.2f}".translate(str.maketrans({",": group, ".": decimal}))
    assert amount_of(printed) == pytest.approx(float(amount))


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("quantity", "3 x", 3), ("quantity", "2,00 Stk", 2), ("quantity", "3x12.50", 3),
        ("tax_rate", "19 %", 19),
        ("vat_rate", "7,0%", 7), ("tax_rate", "GST 6%", 6), ("position", "10", 10),
        ("quantity", "each", None),
        ("seller_phone", "on 1800 248 123", "1800 248 123"),
        ("seller_phone", "(+43 1) 534 10-0 | RCS : 350 149 423", "(+43 1) 534 10-0"),
        ("seller_phone", "03-51217970,", "03-51217970"), ("seller_phone", "1-300-80-AEON", "1-300-80-AEON"),
        ("seller_vat_id", "de 123 456 789", "DE123456789"),
        ("seller_vat_id", "29/001/60002.", "29/001/60002"),
        ("seller_vat_id", "DE195033395 Steuer-Nr.: 202/107/09526", "DE195033395"),
        ("seller_vat_id", "NL123456789B01", "NL123456789B01"),
        ("seller_vat_id", "St.Nr.231-113-11749", "231-113-11749"),
        ("invoice_number", "397 /", "397"), ("invoice_number", "/", None),
        ("seller_name", "  ACME　Ltd ", "ACME Ltd"), ("seller_name", "*** ACME AG ***", "ACME AG"),
        (None, "Blue :", "Blue"), (None, " ", None),
        ("seller_name", "Dion Realties Sdn Bhd (Co. No:", "Dion Realties Sdn Bhd"),
        ("seller_name", "Dion Realties Sdn Bhd (Co. No: 1234-A)", "Dion Realties Sdn Bhd"),
        ("seller_name", "Northern Foods (No Frills) Ltd (UK)", "Northern Foods (No Frills) Ltd (UK)"),
    ],
)  # fmt: skip
def test_other_values(field, text, value):
    assert normalize(field, text) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EUR", "EUR"), ("12,50 €", "EUR"), ("RM", "MYR"), ("US$ 5", "USD"), ("S$5.00", "SGD"),
        ("TOTALS$5", "USD"),
        ("$ 5", "USD"), ("£5", "GBP"), ("100 Kč", "CZK"), ("12 zł", "PLN"), ("ARM", None), ("kr", None),
        ("12", None),
    ],
)  # fmt: skip
def test_currencies(text, code):
    assert currency_of(text) == code


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (["25 kr", "SE556012579001"], "SEK"),
        (["Kr 25,00", "www.example.dk"], "DKK"),
        (["25 kr"], None),
        (["$ 5.00", "EXAMPLE SDN BHD"], "MYR"),
        (["$ 5.00", "Example Pty Ltd"], "AUD"),
        (["$ 5.00", "Toronto ON M5V 2T6"], "CAD"),
        (["$ 5.00"], "USD"),
        (["€ 5.00", "EXAMPLE SDN BHD"], "EUR"),
    ],
)
def test_the_page_decides_what_a_dollar_or_krona_is(page, code):
    hints = page_hints(page)
    assert hints.currency == code
    assert normalize("currency", page[0], hints) == code


def test_a_dollar_is_not_what_the_page_uses_besides():
    assert currency_of("$ 5", "EUR") == "USD"


def test_words_that_look_like_a_currency_count_beside_a_digit_alone():
    assert page_hints(["TRY our new menu", "6 feet lei"]).currency is None
    assert page_hints(["TRY 25"]).currency == "TRY"
    assert page_hints(["Total Euro :", "29,90"]).currency == "EUR"
    assert page_hints(["8.00", "Kuna"]).currency == "HRK"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("website", "ANY TICKET IS VALID www.pid.cz", "www.pid.cz"),
        ("website", "Internet: HTTPS://Shop.Example.com/order?x=1, thanks", "https://shop.example.com/order?x=1"),
        ("website", "domino.com.my.", "domino.com.my"),
        ("website", "https://www.fara.goy.", "https://www.fara.gov"),
        ("website", "contact.congoy.fr/con", "contact.congoy.fr/con"),
        ("website", "www.bonn-gastronomie. de", "www.bonn-gastronomie.de"),
        ("website", "www.bonn-gastronomie -", None),
        ("website", "WWW. BILLA. CZ", "www.billa.cz"),
        ("website", "www.dominos. com.my", "www.dominos.com.my"),
        ("website", "survey at www.mypanera. com/missedvisit.", "www.mypanera.com/missedvisit"),
        ("website", "www.bahn. Mehr auf www.diebefoerderer.de.", "www.diebefoerderer.de"),
        ("website", "shop.com. At noon", "shop.com"),
        ("website", "www.dominos. 1.my/terms", None),
        ("website", "dominos. com.my", "dominos.com.my"), ("website", "com.my", None),
        ("website", "mail info@madisonhotel.de", None),
        ("website", "Retain this copy for statement validation", None),
        ("website", "12.50", None),
        ("email", "E-Mail: Info@MadisonHotel.de", "info@madisonhotel.de"),
        ("email", "www.madisonhotel.de", None),
        ("email", "care@mynews. com.my", "care@mynews.com.my"),
        ("iban", "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("iban", "IBAN. DE 89 3704 0044 0532 0130 00, BIC. DRES DE FF 680", "DE89370400440532013000"),
        ("iban", "0E89 3704 0044 0532 0130 00", "0E89370400440532013000"),
        ("iban", "NL91 ABNA 0417 1643 00", "NL91ABNA0417164300"),
        ("iban", "BLZ 200 300 00, Konto-Nr. 360 27 11", None),
        ("iban", "DE195033395 Steuer-Nr.: 202/107/09526", None),
        ("iban", "X000000000005052", None),
        ("bic", "DRES DE FF 680", "DRESDEFF680"), ("bic", "BIC: HYVEDEMM300", "HYVEDEMM300"),
        ("bic", "531000XXXXXX5052", None), ("bic", "Bank in Musterstadt", None),
        ("bic", "DE75123456780000001234, BIC WELADED1MST, Sparkasse", "WELADED1MST"),
    ],
)  # fmt: skip
def test_some_values_are_known_by_their_form(name, text, value):
    assert normalize(name, text) == value


@pytest.mark.parametrize(
    ("printed", "address"),
    [
        ("Dorfstraße 88, 5630 Hofgastein +43 6432 70 55-0 |", "Dorfstraße 88, 5630 Hofgastein"),
        ("Lote 14 3770-059 Oliveira do Bairro NIPC 503 771 248", "Lote 14 3770-059 Oliveira do Bairro"),
        ("12 High Street, London SW1 4AB -", "12 High Street, London SW1 4AB"),
        ("Unit 3, 400 Pine Avenue 5550123", "Unit 3, 400 Pine Avenue 5550123"),
    ],
)
def test_numbers_behind_an_address_are_no_part_of_it(printed: str, address: str):
    assert normalize("seller_address", printed) == address
