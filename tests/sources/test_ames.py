from tests.extracts import reading


def test_sales_in_our_names():
    records = reading.read("ames")
    assert records.shape == (400, 75)
    assert {"id", "sale_price", "gr_liv_area", "tot_rms_abv_grd", "ms_sub_class"} <= set(records)
    assert records.columns.str.fullmatch(r"[a-z0-9_]+").all()
    assert records["sale_price"].dtype == "int64"
    assert records["id"].is_unique


def test_what_is_not_there_is_a_category_and_no_missing_value():
    records = reading.read("ames")
    assert records.notna().all(axis=None)
    assert (records["mas_vnr_type"] == "None").any()
    assert (records["misc_feature"] == "None").any()
