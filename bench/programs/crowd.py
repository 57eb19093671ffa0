"""`crowd COUNT`: so many CSRs in PostgreSQL, by its own means, and all that lies around them.

A customer with a person has four CSRs and two push certificates, a CSR two Events, sealed. Whatever
a list can be narrowed to fills a page from 1,000 CSRs on. Hashes and bytes are made up: no list
looks into them.
"""

import sys

import django

django.setup()

from django.db import connection  # noqa: E402 - the settings come first

EVENTS_OF_EACH = 2
# In the order of what they refer to; `n` is the number of CSRs.
FILLED = (
    """
    INSERT INTO onboarding_user (id, email, name, password, is_superuser, is_staff, is_active,
        date_joined)
    SELECT md5('person' || i)::uuid, 'person-' || i || '@alder.example', 'Ada ' || i, '!', false,
        i < 100, true, now()
    FROM generate_series(0, %(n)s / 4 - 1) AS i
    """,
    """
    INSERT INTO onboarding_customer (id, name, country, apple_account, created_at, closed_at)
    SELECT md5('customer' || i)::uuid,
        (ARRAY['Alder', 'Birch', 'Cedar', 'Elm', 'Fir', 'Hazel', 'Larch', 'Oak'])[1 + i %% 8]
        || ' ' || (ARRAY['Clinic', 'Foods', 'Labs', 'Media', 'Motors'])[1 + i %% 5]
        || ' ' || i || ' ' || (ARRAY['GmbH', 'AG', 'Inc', 'Ltd'])[1 + i %% 4],
        'DE', 'push-' || i || '@customer.example', now() - i * interval '1 second',
        CASE WHEN i %% 4 = 3 THEN now() END
    FROM generate_series(0, %(n)s / 4 - 1) AS i
    """,
    """
    INSERT INTO onboarding_membership (user_id, customer_id, role)
    SELECT md5('person' || i)::uuid, md5('customer' || i)::uuid, 'admin'
    FROM generate_series(0, %(n)s / 4 - 1) AS i
    """,
    """
    INSERT INTO onboarding_vendorcertificate (id, subject, fingerprint_sha256, public_key_sha256,
        serial, not_before, not_after, chain, announced_at, used_at)
    VALUES (md5('vendor')::uuid, 'Vendor', repeat('a', 64), repeat('b', 64), '1',
        now() - interval '9 days', now() + interval '300 days', '', now(), now())
    """,
    """
    INSERT INTO onboarding_csr (id, customer_id, state, state_since, origin, requested_by_id,
        requested_at, common_name, organization, organizational_unit, country, email, der,
        public_key_sha256, sealed_key, upload, signature, vendor_certificate_id,
        push_request_sha256, rejection_reason, failure_code, failure_sentence)
    SELECT md5('csr' || i)::uuid, md5('customer' || i / 4)::uuid,
        CASE WHEN i %% 2 = 0 THEN 'fulfilled' ELSE
            (ARRAY['submitted', 'failed', 'signed', 'rejected', 'withdrawn'])[1 + i / 2 %% 5] END,
        now() - i * interval '10 seconds', (ARRAY['made_here', 'uploaded'])[1 + i / 10 %% 2],
        md5('person' || i / 4)::uuid, now() - i * interval '10 seconds' - interval '1 hour',
        'push', '', '', 'DE', '', decode(repeat('00', 900), 'hex'),
        encode(sha256(('key' || i)::bytea), 'hex'), 'keys/' || i, '',
        decode(repeat('00', 256), 'hex'), md5('vendor')::uuid,
        encode(sha256(('request' || i)::bytea), 'hex'), 'Because.', 'failed', 'It failed.'
    FROM generate_series(0, %(n)s - 1) AS i
    """,
    """
    INSERT INTO onboarding_seenkey (public_key_sha256, customer_id)
    SELECT public_key_sha256, customer_id FROM onboarding_csr
    """,
    """
    INSERT INTO onboarding_pushcertificate (id, customer_id, csr_id, state, topic, serial, issuer,
        not_before, not_after, fingerprint_sha256, apple_account, der, upload, activated_at,
        revoked_at, revocation_reason)
    SELECT md5('certificate' || i)::uuid, md5('customer' || i / 2)::uuid,
        md5('csr' || i * 2)::uuid,
        (ARRAY['active', 'superseded', 'active', 'revoked', 'active', 'active'])[1 + i %% 6],
        'com.apple.mgmt.External.' || md5('topic' || i)::uuid,
        upper(substr(md5('serial' || i), 1, 16)), 'Apple', now() - interval '400 days',
        now() + (i %% 7 - 1) * interval '29 days' + i * interval '1 second',
        encode(sha256(('certificate' || i)::bytea), 'hex'), 'push-' || i / 2 || '@customer.example',
        decode(repeat('00', 1400), 'hex'), '', now(), now(), 'Because.'
    FROM generate_series(0, %(n)s / 2 - 1) AS i
    """,
    """
    INSERT INTO onboarding_event (at, verb, actor_id, actor_name, customer_id, csr_id,
        vendor_certificate_id, facts, address, user_agent)
    SELECT now() - interval '400 days' * power(1 - i::float / (2 * %(n)s), 3),
        (ARRAY['request_csr', 'submit', 'approve', 'record_signature'])[1 + i %% 4],
        md5('person' || i %% 5)::uuid, 'Sam <sam@vendor.example>', md5('customer' || i / 8)::uuid,
        md5('csr' || i / 2)::uuid, CASE WHEN i %% 4 = 3 THEN md5('vendor')::uuid END,
        '{"push_request_sha256": "0"}',
        '10.' || i / 65536 || '.' || i / 256 %% 256 || '.' || i %% 256, 'Browser'
    FROM generate_series(0, 2 * %(n)s - 1) AS i
    """,
    """
    INSERT INTO onboarding_eventseal (seq, event_id, version, sealed_at, hash)
    SELECT id, id, 1, at, sha256(id::text::bytea) FROM onboarding_event
    """,
    "TRUNCATE onboarding_unsealedevent",
)


def fill(count: int) -> None:
    with connection.cursor() as cursor:
        # Nobody checks each foreign key of a million rows that refer to each other by design.
        cursor.execute("SET session_replication_role = replica")
        for statement in FILLED:
            cursor.execute(statement, {"n": count})
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    fill(int(sys.argv[1]))
