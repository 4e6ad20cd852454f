"""Loading records that come as files: the coalition's public record."""
