-- Nothing is exchanged for a blocked member's points, held ones included, and no money is paid into their wallet.
CREATE TRIGGER refuses_blocked_member AFTER INSERT ON rewards_redemption
    FOR EACH ROW EXECUTE FUNCTION refuse_blocked_member();
CREATE TRIGGER refuses_blocked_member_later AFTER UPDATE OF status ON rewards_redemption
    FOR EACH ROW WHEN (OLD.status = 'held' AND NEW.status = 'completed') EXECUTE FUNCTION refuse_blocked_member();
CREATE TRIGGER refuses_blocked_member AFTER INSERT ON rewards_topup
    FOR EACH ROW EXECUTE FUNCTION refuse_blocked_member();
