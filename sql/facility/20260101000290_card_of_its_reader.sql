-- A view shows what its reader may see, whoever owns it.
alter view facility.practitioner_card set (security_invoker = true);
