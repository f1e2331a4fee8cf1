DROP VIEW rewards_benefit_given;
