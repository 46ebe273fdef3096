-- Run once by the image, where its volume is empty; `mlflow` is there by then (POSTGRES_DB).
CREATE DATABASE prefect;
CREATE DATABASE requests;
