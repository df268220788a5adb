SELECT connection.pupil_id
FROM connection
WHERE connection.adult_id = $1
  AND connection.recorded_at <= $2
  AND (connection.superseded_at IS NULL OR connection.superseded_at > $2)
  AND connection.begun_on <= $3
  AND (connection.ended_on IS NULL OR connection.ended_on >= $3)
  AND NOT (EXISTS (SELECT *
FROM connection AS connection_1
WHERE connection_1.adult_id = $1
  AND connection_1.pupil_id = connection.pupil_id
  AND connection_1.recorded_at <= $2
  AND (connection_1.superseded_at IS NULL OR connection_1.superseded_at > $2)
  AND connection_1.begun_on <= $3
  AND (connection_1.ended_on IS NULL OR connection_1.ended_on >= $3)
  AND (connection_1.responsibility != 'yes' OR connection_1.verified_at IS NULL OR connection_1.verified_at > $2 OR connection_1.court_flag)))
  AND (EXISTS (SELECT *
FROM enrolment
WHERE enrolment.pupil_id = connection.pupil_id
  AND enrolment.recorded_at <= $2
  AND (enrolment.superseded_at IS NULL OR enrolment.superseded_at > $2)
  AND enrolment.begun_on <= $3
  AND (enrolment.ended_on IS NULL OR enrolment.ended_on >= $3)))
  AND (SELECT count(distinct(birth.born_on)) AS count_1
FROM birth
WHERE birth.pupil_id = connection.pupil_id
  AND birth.recorded_at <= $2
  AND (birth.superseded_at IS NULL OR birth.superseded_at > $2)) = 1
  AND ((EXISTS (SELECT *
FROM birth
WHERE birth.pupil_id = connection.pupil_id
  AND birth.recorded_at <= $2
  AND (birth.superseded_at IS NULL OR birth.superseded_at > $2)
  AND birth.born_on > $4)) OR (EXISTS (SELECT *
FROM pupil_consent
WHERE pupil_consent.pupil_id = connection.pupil_id
  AND pupil_consent.adult_id = $1
  AND pupil_consent.recorded_at <= $2
  AND (pupil_consent.superseded_at IS NULL OR pupil_consent.superseded_at > $2)
  AND pupil_consent.begun_on <= $3
  AND (pupil_consent.ended_on IS NULL OR pupil_consent.ended_on >= $3))))
  AND (EXISTS (SELECT account_status.state
FROM account_status JOIN account ON account.id = account_status.account_id
WHERE account.adult_id = $1
  AND account_status.recorded_at <= $2
  AND (account_status.superseded_at IS NULL OR account_status.superseded_at > $2)
  AND account_status.state = 'active'))
  AND NOT (EXISTS (SELECT account_status.state
FROM account_status JOIN account ON account.id = account_status.account_id
WHERE account.adult_id = $1
  AND account_status.recorded_at <= $2
  AND (account_status.superseded_at IS NULL OR account_status.superseded_at > $2)
  AND account_status.state != 'active'))
  AND (EXISTS (SELECT *
FROM acceptance
WHERE acceptance.adult_id = $1
  AND acceptance.accepted_at <= $2
  AND acceptance.version >= (SELECT max(policy_version.number) AS max_1
FROM policy_version
WHERE policy_version.must_accept
  AND policy_version.published_at <= $2)))
  AND NOT (EXISTS (SELECT *
FROM restriction
WHERE restriction.adult_id = $1
  AND restriction.recorded_at <= $2
  AND (restriction.superseded_at IS NULL OR restriction.superseded_at > $2)
  AND restriction.begins_at <= $2
  AND (restriction.ends_at IS NULL OR restriction.ends_at > $2)
  AND (restriction.whole_account OR (EXISTS (SELECT *
FROM restricted_pupil
WHERE restricted_pupil.restriction_id = restriction.id
  AND restricted_pupil.pupil_id = connection.pupil_id
  AND restricted_pupil.recorded_at <= $2
  AND (restricted_pupil.superseded_at IS NULL OR restricted_pupil.superseded_at > $2)
  AND restricted_pupil.covered)) OR restriction.clause = 'REVOKE-2'
  AND NOT (EXISTS (SELECT *
FROM restricted_pupil
WHERE restricted_pupil.restriction_id = restriction.id
  AND restricted_pupil.pupil_id = connection.pupil_id
  AND restricted_pupil.recorded_at <= $2
  AND (restricted_pupil.superseded_at IS NULL OR restricted_pupil.superseded_at > $2))))))
  AND NOT (EXISTS (SELECT *
FROM investigated_pupil, investigation
WHERE investigated_pupil.pupil_id = connection.pupil_id
  AND investigation.id = investigated_pupil.investigation_id
  AND investigation.opened_at <= $2
  AND (investigation.closed_at IS NULL OR investigation.closed_at > $2)))
