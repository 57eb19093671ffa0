"""What to do about an alarm: the same words in the mail and in the admin."""

from onboarding.models import Alarm

Kind = Alarm.Kind

_WHAT_TO_DO = {
    Kind.IDENTITY_UNFIT: (
        "Nothing is lost: what is approved waits. Mend on the signer's machine what was found;"
        " `manage.py vendor_identity check` shows every check with its result. Then the signer"
        " goes on by itself."
    ),
    Kind.CAP_REACHED: (
        "Nothing is lost: what is approved waits for the next day (UTC). Look at who approved so"
        " many CSRs (Events in the admin). If they are meant, raise SIGNING_DAILY_CAP and restart"
        " the signer; if not, reject or withdraw them before the day ends."
    ),
    Kind.VENDOR_CERTIFICATE_ENDING: (
        "Renew in time: it may take Apple days, and after the end CSRs wait. The new identity"
        " may be named beside the old one in SIGNING_IDENTITY; the newest valid one signs, and"
        " this alarm ends once the signer has announced it."
    ),
    Kind.STUCK: (
        "Nothing is lost: what waits is asked for again by itself, and this alarm ends once it"
        " goes on. If the reason above does not tell enough, look at the logs of worker, signer,"
        " beat and broker."
    ),
    Kind.STORE_DIFFERS: (
        "`manage.py verify_store` lists every file that is missing, changed or not known. Bring"
        " back from a backup what is gone, and find out who changed the rest."
    ),
    Kind.TRAIL: (
        "`manage.py audit verify` compares every Event with the chain, and the chain with the"
        " signed heads that left. Keep a copy of the database as it is before anything is mended."
    ),
    Kind.UNREACHED: (
        "Find out who looks after their devices, and add an address on the customer's page in the"
        " admin, or invite a person. This alarm ends at the next daily round once somebody is"
        " told."
    ),
    Kind.UNANSWERED: (
        "Call the customer: the person who knew the Apple Account may have left. This alarm ends at"
        " the next daily round once it is answered, in the portal or by the link in the mail, or"
        " the certificate is renewed."
    ),
    Kind.ACCOUNT_LOST: (
        "The customer was shown how Apple moves a certificate to another account, which takes up to"
        " ten business days; see that it is under way. This alarm ends once they answer that they"
        " can sign in, or the certificate is renewed."
    ),
    Kind.MAIL_REFUSED: (
        "Correct or remove the address, on the customer's page or the person's. Under Mails,"
        " “Given up, to be decided”, send again what can arrive by now, and put the rest aside."
        " This alarm ends once none is left."
    ),
}


def on(alarm: Alarm) -> str:
    return _WHAT_TO_DO[Kind(alarm.kind)]
