"""Pure rules of campaigns, one file per question: merge fields, offers, lateness, proof."""
