-- The patient is elsewhere, and is seen by video.
alter table facility.healthcare_service add column telehealth boolean not null default false;
