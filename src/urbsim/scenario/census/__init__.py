"""County census tables in, regions out: columns, rows, pairs of years, rules for what a census lacks, files."""
