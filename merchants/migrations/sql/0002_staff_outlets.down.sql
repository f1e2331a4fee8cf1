DROP TRIGGER owner_is_not_tied ON merchants_membership;
DROP TRIGGER owner_is_not_tied ON merchants_staffoutlet;
DROP FUNCTION refuse_tied_owner();
ALTER TABLE merchants_staffoutlet DROP CONSTRAINT staff_outlet_of_membership;
