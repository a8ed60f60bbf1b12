"""The register of KIM: the groups that the SOP exists for."""
