-- What the one that stays has agreed to holds.
insert into patients.merge_rule (name, relation, clashes, takes, because_of) values ('merge_preference', 'messaging.preference', 'true', true, 'preference_once');
