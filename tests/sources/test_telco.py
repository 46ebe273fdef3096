import io

import pandas as pd

from caselab import sources
from caselab.sources import telco

PUBLISHED = """\
customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,\
InternetService,OnlineSecurity,OnlineBackup,DeviceProtection,TechSupport,StreamingTV,\
StreamingMovies,Contract,PaperlessBilling,PaymentMethod,MonthlyCharges,TotalCharges,Churn
7590-VHVEG,Female,0,Yes,No,1,No,No phone service,DSL,No,Yes,No,No,No,No,Month-to-month,Yes,\
Electronic check,29.85,29.85,No
5575-GNVDE,Male,0,No,No,34,Yes,No,DSL,Yes,No,Yes,No,No,No,One year,No,Mailed check,56.95,1889.5,No
3668-QPYBK,Male,0,No,No,2,Yes,No,DSL,Yes,Yes,No,No,No,No,Month-to-month,Yes,Mailed check,53.85,\
108.15,Yes
"""


def test_the_built_in_table_is_ibms():
    records = sources.records(telco.source)
    assert records.shape == (7043, 21)
    assert list(records) == telco.COLUMNS
    assert records["churn"].value_counts().to_dict() == {"No": 5174, "Yes": 1869}
    assert records["total_charges"].isna().sum() == 11
    assert records["customer_id"].tolist() == list(range(1, 7044))


def test_it_is_the_first_mirror_so_that_no_network_is_needed():
    (file,) = telco.source.mirrors[0].files
    assert file.download is None


def test_the_publishers_file_gives_the_same_rows():
    published = telco.read_published(io.StringIO(PUBLISHED))
    pd.testing.assert_frame_equal(published, sources.records(telco.source).head(3))


def test_a_missing_charge_is_a_blank_in_the_publishers_file():
    blank = PUBLISHED.replace("29.85,29.85,No", "29.85, ,No")
    assert telco.read_published(io.StringIO(blank))["total_charges"].isna().tolist() == [
        True,
        False,
        False,
    ]
