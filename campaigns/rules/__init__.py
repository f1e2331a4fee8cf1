"""Pure rules of campaigns, one file per question: merge fields, offers, timing, what a reply means, proof."""
