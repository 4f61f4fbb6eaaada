alter table auth.user_role rename constraint user_role_role_fkey to role_unknown;
