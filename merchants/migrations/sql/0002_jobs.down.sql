DROP TRIGGER above_limit_is_approved ON merchants_job;
DROP FUNCTION merchants_job_above_limit_is_approved();
DROP TRIGGER is_kept ON merchants_jobpart;
DROP FUNCTION merchants_job_part_is_kept();
DROP TRIGGER moves_forward ON merchants_job;
DROP FUNCTION merchants_job_moves_forward();
