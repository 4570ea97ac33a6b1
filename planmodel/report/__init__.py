"""One report: notebook, page, PDF, workbook."""
