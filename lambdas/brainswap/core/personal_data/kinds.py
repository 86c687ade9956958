"""The kinds of personal data that are told by their form; names and postal addresses are not among them."""

from enum import StrEnum


class Kind(StrEnum):
    """What a text may hold; an access key is no person's, and is treated with the same care."""

    EMAIL = "email"
    CARD = "card"
    IBAN = "iban"
    US_SSN = "us_ssn"
    PHONE = "phone"
    IP_ADDRESS = "ip_address"
    UK_NINO = "uk_nino"
    GERMAN_TAX_ID = "german_tax_id"
    PASSPORT = "passport"
    AWS_KEY = "aws_key"
    BIRTH_DATE = "birth_date"

    @property
    def words(self) -> str:
        """For a sentence, in the singular and without an article."""
        return _WORDS[self][0]

    @property
    def token(self) -> str:
        """What stands in a text in its stead, without the number; no pattern takes it for a keyword."""
        return _WORDS[self][1]


_WORDS = {
    Kind.EMAIL: ("e-mail address", "E-MAIL"),
    Kind.CARD: ("payment card", "CARD"),
    Kind.IBAN: ("bank account (IBAN)", "IBAN"),
    Kind.US_SSN: ("US social security number", "SSN"),
    Kind.PHONE: ("phone number", "PHONE"),
    Kind.IP_ADDRESS: ("IP address", "IP-ADDRESS"),
    Kind.UK_NINO: ("UK National Insurance number", "NATIONAL-INSURANCE"),
    Kind.GERMAN_TAX_ID: ("German tax id", "TAX-ID"),
    Kind.PASSPORT: ("passport number", "ID-DOCUMENT"),
    Kind.AWS_KEY: ("AWS access key id", "AWS-KEY"),
    Kind.BIRTH_DATE: ("date of birth", "BIRTH-DATE"),
}
